"""Worker processes: same numbers, nothing lost when killed, nothing left behind."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from fedser.features import extract_features
from fedser.features.assembly import assemble
from fedser.features.batch import run_task
from fedser.features.cache import FeatureCache
from fedser.features.opensmile import OpenSmile
from fedser.features.plan import plan
from fedser.pool import run_all

SCRIPT = """
import multiprocessing, os, signal, sys
from pathlib import Path
import pandas as pd
from fedser.corpora.corpus import Corpus
from fedser.features import extract_features
from fedser.features.opensmile import OpenSmile

def progress(done, total):
    if 0 < done < total:
        print(done, *(child.pid for child in multiprocessing.active_children()), flush=True)
        if sys.argv[3] == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if sys.argv[3] == "interrupt":
            os.killpg(0, signal.SIGINT)  # what Ctrl-C does: every process of the terminal gets it

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin with it ignored
    paths = sorted(Path(sys.argv[1]).glob("*.wav"))
    table = {"utterance": [p.stem for p in paths], "path": [str(p) for p in paths], "speaker": "a", "emotion": "sad"}
    corpus = Corpus("toy", pd.DataFrame(table), pd.DataFrame({"speaker": ["a"]}))
    extract_features(OpenSmile(), corpus, Path(sys.argv[2]), 2, "error", progress)
"""


def gone(pid: int, seconds: float = 10) -> bool:
    """Whether a process has ended (or is only waiting to be collected) within ``seconds``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def end_in_between(tmp_path, voices):
    """Extracts 40 files with two workers in a process that ends after the first finished task."""

    def run(how: str) -> tuple[subprocess.CompletedProcess[str], list[Path]]:
        paths, script = voices(40), tmp_path / "ends.py"
        script.write_text(SCRIPT, encoding="utf-8")
        command = [sys.executable, script, paths[0].parent, tmp_path / "cache", how]
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=120, check=False, start_new_session=True
        )
        return ended, paths

    return run


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")
def test_a_killed_extraction_resumes_and_leaves_no_process(tmp_path, end_in_between, make_corpus) -> None:
    ended, paths = end_in_between("kill")
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    done, *workers = (int(word) for word in ended.stdout.split())
    assert workers
    assert all(gone(pid) for pid in workers)
    finished = len(FeatureCache.of(tmp_path / "cache", OpenSmile()).places())
    assert done <= finished < 40

    corpus, seen = make_corpus(paths), []
    resumed = extract_features(OpenSmile(), corpus, tmp_path / "cache", 1, "error", lambda *at: seen.append(at))
    assert seen[0] == (finished, 40)
    fresh = extract_features(OpenSmile(), corpus, tmp_path / "fresh", 1, "error")
    assert resumed.matrix.tobytes() == fresh.matrix.tobytes()
    assert resumed.utterances == fresh.utterances


def test_ctrl_c_keeps_the_batches_under_way(tmp_path, end_in_between) -> None:
    ended, _ = end_in_between("interrupt")
    assert ended.returncode == -signal.SIGINT, ended.stderr
    assert ended.stderr.count("KeyboardInterrupt") == 1
    assert len(FeatureCache.of(tmp_path / "cache", OpenSmile()).places()) == 18  # tasks of ten and of eight


def test_two_processes_on_one_shard_do_not_harm_it(tmp_path, voices) -> None:
    """Both extract the same files at the same time; bit-equal to what one process gives."""
    files = {f"{number:064x}": str(path) for number, path in enumerate(voices(8))}
    both, alone = (FeatureCache.of(tmp_path / name, OpenSmile()) for name in ("both", "alone"))
    outcomes = []
    run_all(run_task, plan(OpenSmile(), both, files, 1) * 2, 2, outcomes.append)
    (task,) = plan(OpenSmile(), alone, files, 1)
    run_task(task)
    assert [outcome.size for outcome in outcomes] == [8, 8]
    assert [path.name for path in both.folder.iterdir()] == [path.name for path in alone.folder.iterdir()]
    rows = [assemble(cache, list(files), 988)[0] for cache in (both, alone)]
    assert rows[0].tobytes() == rows[1].tobytes()


def test_two_extractions_at_once_share_a_cache(tmp_path, voices, make_corpus) -> None:
    """Two processes begin together on the same empty cache, with workers of their own."""
    paths, script = voices(40), tmp_path / "both.py"
    script.write_text(SCRIPT, encoding="utf-8")
    command = [sys.executable, script, paths[0].parent, tmp_path / "cache", "end"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    ended = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], ended
    seen = []
    found = extract_features(
        OpenSmile(), make_corpus(paths), tmp_path / "cache", 1, "error", lambda *at: seen.append(at)
    )
    fresh = extract_features(OpenSmile(), make_corpus(paths), tmp_path / "fresh", 1, "error")
    assert seen == [(40, 40)]
    assert found.rows.tobytes() == fresh.rows.tobytes()
    assert not list((tmp_path / "cache").rglob("*.part"))


def test_real_speech_gives_finite_features(shared_data, tmp_path, make_corpus) -> None:
    paths = sorted((shared_data / "ravdess").rglob("*.flac"))[::200]
    features = extract_features(OpenSmile(), make_corpus(paths), tmp_path, 1, "error")
    assert features.matrix.shape == (len(paths), 988)
    assert np.isfinite(features.matrix).all()
    assert 60 < np.median(features.matrix[:, features.names.index("F0_sma_max")]) < 600

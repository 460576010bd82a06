"""What the report says of membership in sentences: the games, what could be measured at all, and what came out."""

import pandas as pd

from simulations.report.membership_rows import GAMES, Game, of_game
from simulations.report.run_files import RunFiles
from simulations.scoring.roles import role_of

_RATES = {"tpr_at_fpr_0.01": 0.01, "tpr_at_fpr_0.001": 0.001}


def on_membership() -> str:
    """The question, and who asks it."""
    return (
        "The adversary holds candidate utterances with their emotion, and knows which are of one person. Of each it"
        " asks whether a client of the training learned from it, and of each person whether he or she took part. What"
        " is published is the model of the selected round; loss_rounds, cosine and projection also see what was"
        " broadcast and sent in each round. Thresholds, and what strangers score, come from the adversary's own shadow"
        " trainings alone."
    )


def on_games() -> str:
    """Why there are two kinds of non-members."""
    return (
        "Validation utterances are of the same speakers and recordings as those that were trained on, drawn at random:"
        " what tells them apart is that a model has seen the one and not the other. Held-out speakers are an easier"
        " game: a model that has heard nobody of them may be worse for their voices altogether, so that what is found"
        " there is the speaker as much as the utterance. A speaker counts as a member with one utterance that was"
        " trained on, and all of his or her utterances are candidates."
    )


def findings(files: RunFiles) -> list[str]:
    """The best attack of each game, and every control that is not at chance."""
    sentences = []
    for game in GAMES:
        rows = of_game(files.membership, game)
        rows = rows[rows["metric"] == "auc"]
        attacks = rows[rows["attack"].map(role_of) == "attack"]
        if len(attacks):
            sentences.append(_best(game, attacks, of_game(files.membership, game)))
        off = rows[(rows["attack"].map(role_of) == "control") & ((rows["low"] > 0.5) | (rows["high"] < 0.5))]
        sentences += [
            f"{game.title}: the control {row.attack} has an AUC of {_interval(row)}, off chance: read the attacks with"
            " that much doubt."
            for row in off.itertuples()
        ]
    return sentences


def _best(game: Game, attacks: pd.DataFrame, rows: pd.DataFrame) -> str:
    best = next(attacks.loc[[attacks["value"].idxmax()]].itertuples())
    verdict = (
        "its whole interval lies above chance" if best.low > 0.5 else "no attack's is shown to lie above chance (0.50)"
    )
    same = rows[(rows["attack"] == best.attack) & (rows["pooling"] == best.pooling) & rows["metric"].isin(_RATES)]
    told = [f"{100 * r.value:.1f} % of the members at {100 * r.chance:g} %" for r in same.dropna().itertuples()]
    low = f" At few false alarms it finds {' and '.join(told)}." if told else ""
    among = f"the highest AUC of {len(attacks)} such scores, {_interval(best)}"
    return f"{game.title}: {best.attack} has {among}; {verdict}.{low}"


def on_resolution(files: RunFiles) -> str:
    """What false positive rates each game can measure, and which recalls are therefore missing."""
    sentences = []
    for game in GAMES:
        rows = of_game(files.membership, game)
        if len(rows):
            first = rows.iloc[0]
            number, step = int(first["others"]), float(first["resolution"])
            beyond = [f"{100 * rate:g} %" for rate in _RATES.values() if number * rate < 1.0 - 1e-9]
            missing = f", so that no true positive rate at {' or '.join(beyond)} is given" if beyond else ""
            sentences.append(
                f"{number:,} different {game.others} resolve a false positive rate of 1/{number:,} = {100 * step:.2g} %"
                f"{missing}."
            )
    return (
        " ".join(sentences)
        + " A true positive rate (TPR) is the highest at no more than that many false alarms (FPR); nothing is"
        " interpolated. Trials of all folds are pooled, and intervals are a bootstrap over persons with all their"
        " trials; just above its resolution a TPR hangs on one or two utterances, and its interval is wide. A dash"
        " stands also where the shadow trainings have no strangers to choose a threshold by."
    )


def _interval(row: object) -> str:
    value, low, high = (getattr(row, name) for name in ("value", "low", "high"))
    return f"{value:.2f} [{low:.2f}, {high:.2f}]"

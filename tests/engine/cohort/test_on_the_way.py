"""Updates on their way from a GPU, of which a machine may have several."""

import torch

from fedser.engine.cohort import together


class Sent:
    """What lies on the second GPU."""

    device = torch.device("cuda", 1)
    shape = (2, 3)


class Host:
    """Pinned memory."""

    def copy_(self, sent, non_blocking):
        assert non_blocking

    def numpy(self):
        return "arrays"


def test_a_copy_is_waited_for_at_the_gpu_that_makes_it(monkeypatch):
    recorded = []

    class Event:
        def record(self, stream=None):
            recorded.append(stream or torch.cuda.current_stream())

        def synchronize(self):
            pass

    def current_stream(device=None):
        return f"stream of {device or 'cuda:0'}"

    monkeypatch.setattr(torch, "empty", lambda shape, pin_memory: Host())
    monkeypatch.setattr(torch.cuda, "Event", Event)
    monkeypatch.setattr(torch.cuda, "current_stream", current_stream)
    arrays, ready = together._on_the_way(Sent())
    assert arrays == "arrays" and recorded == ["stream of cuda:1"] and ready is not None

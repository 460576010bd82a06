"""What the workers of these tests do: a module of its own, since they import it by name."""

import os
import signal
import time

from fedser.pool import tell


def square(task):
    """Tells when it begins and ends."""
    tell(("begin", task))
    time.sleep(0.02)
    tell(("end", task))
    return task, task * task


def until_stopped(task):
    """Ends only where ``tell`` says so, unless the task is None."""
    while task is not None:
        tell(os.getpid())
        time.sleep(0.005)


def echo(end, prefix):
    """Answers what it is asked, with its process."""
    while True:
        end.send((prefix, end.recv(), os.getpid()))


def deaf(end):
    """Neither listens nor ends."""
    end.send(os.getpid())
    time.sleep(600)


def blocked(task):
    """The signals that this process does not hear."""
    return signal.pthread_sigmask(signal.SIG_BLOCK, ())


def blocked_in_crew(end):
    end.send(blocked(None))

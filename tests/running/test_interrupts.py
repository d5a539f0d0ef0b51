"""Interrupts while a kernel ends."""

import signal

import pytest

from jupyter_mlops.running.interrupts import interrupts_held


def test_an_interrupt_counts_when_the_block_has_ended():
    before = signal.getsignal(signal.SIGINT)
    done = []

    @interrupts_held()
    def end() -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        done.append(True)

    with pytest.raises(KeyboardInterrupt):
        end()
    assert done == [True]
    assert signal.getsignal(signal.SIGINT) is before


def test_without_an_interrupt_nothing_happens():
    with interrupts_held():
        pass

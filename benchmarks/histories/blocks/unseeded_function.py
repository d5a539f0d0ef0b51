# %% gives guesses draw
import random


def guess(count):
    return [random.uniform(0, 1) for _ in range(count)]
# %% draw
guesses = guess(3)
# %%
count_of_guesses = len(guesses)
count_of_guesses
# %%
max(guesses)

# %% gives shown_rate
threshold = 0.5


def keep(score):
    return score >= threshold
# %%
def rate_of(scores):
    kept = [score for score in scores if keep(score)]
    return len(kept) / len(scores)
# %%
scores = [0.2, 0.55, 0.7, 0.9]
# %%
shown_rate = rate_of(scores)
shown_rate

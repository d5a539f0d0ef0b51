# %% gives longest
def fill(target, value):
    target.append(value)
# %%
words = ["one", "three"]
# %% change
fill(words, "seventeen")
# %%
longest = max(len(word) for word in words)
words, longest

# %% gives letters
text = "the cat sat on the mat"
counts = {}
# %% change
for letter in text:
    counts[letter] = counts.get(letter, 0) + 1
# %%
letters = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:3]
letters

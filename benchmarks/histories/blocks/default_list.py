# %% gives collected
def collect(value, box=[]):
    box.append(value)
    return list(box)
# %% change
once = collect(3)
# %%
twice = collect(4)
# %%
collected = len(twice)
print(once, twice, collected)

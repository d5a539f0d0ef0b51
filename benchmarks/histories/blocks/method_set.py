# %% gives seen_count
seen = {2, 3, 5}
# %% change
seen.add(7)
seen.discard(2)
# %%
seen_count = len(seen)
sorted(seen)

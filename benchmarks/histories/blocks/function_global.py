# %% gives scaled
scale = 2
# %%
def scaled_by(values):
    return [value * scale for value in values]
# %%
scaled = scaled_by([1, 2, 3])
# %%
print(scaled, max(scaled))

# %% gives deepest
config = {"net": {"layers": [8, 4]}, "seed": 3}
# %%
layers = config["net"]["layers"]
# %% change
layers.insert(0, 16)
# %%
deepest = config["net"]["layers"][0]
config

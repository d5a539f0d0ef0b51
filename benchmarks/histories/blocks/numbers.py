# %% gives cost
base = 7
# %%
rate = base * 3
# %%
cost = rate + base
print(f"{cost} for {base}")
# %%
rate > 10

# %% gives taxed
rows = [{"net": 10.0}, {"net": 25.0}, {"net": 4.0}]
tax = 0.2
# %% change
for row in rows:
    row["gross"] = round(row["net"] * (1 + tax), 2)
    row["net"] -= 1
# %%
taxed = sum(row["gross"] for row in rows)
rows

# %% gives most
stock = {"nails": 40, "screws": 25, "bolts": 31}
# %% change
stock.update({"nuts": 12, "nails": stock["nails"] + 2})
# %%
most = max(stock.values())
stock

# %% gives taken
values = [5, 6, 7, 8]
stream = iter(values)
# %%
head = next(stream)
# %%
taken = [head, next(stream)]
taken

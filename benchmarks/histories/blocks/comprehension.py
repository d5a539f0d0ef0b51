# %% gives table_sum
sizes = range(1, 5)
# %%
table_of = {(a, b): a * b for a in sizes for b in sizes if a <= b}
# %%
table_sum = sum(table_of.values())
len(table_of), table_sum

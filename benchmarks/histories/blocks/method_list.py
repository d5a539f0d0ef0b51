# %% gives basket_size
basket = ["apple", "pear", "plum"]
# %% change
basket.append("fig")
# %%
basket_size = len(basket)
print(sorted(basket), basket_size)

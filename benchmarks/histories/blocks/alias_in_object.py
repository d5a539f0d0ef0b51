# %% gives cart_total
prices = {"tea": 3, "milk": 1}


class Cart:
    def __init__(self, known):
        self.known = known
        self.items = ["tea", "tea"]

    def total(self):
        return sum(self.known[item] for item in self.items)
# %%
cart = Cart(prices)
# %% change
prices["tea"] = 4
# %%
cart_total = cart.total()
cart_total

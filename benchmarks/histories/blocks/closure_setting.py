# %% gives priced
def pricing(rate):
    rates = [rate]

    def price(amount, new=None):
        if new is not None:
            rates[0] = new
        return amount * rates[0]

    return price


price = pricing(1.5)
# %% change
raised = price(0, new=2.5)
# %%
priced = price(8)
priced

# %% gives tokens
def number_of(word, known={}):
    return known.setdefault(word, len(known))
# %% change
[number_of(word) for word in ["to", "be", "or"]]
# %%
tokens = [number_of(word) for word in ["be", "not", "to"]]
tokens

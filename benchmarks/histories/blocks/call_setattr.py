# %% gives mode
class Options:
    mode = "fast"


options = Options()
# %%
def switch(target, value):
    setattr(target, "mode", value)
# %% change
switch(options, "slow")
# %%
mode = options.mode
print(mode, vars(options))

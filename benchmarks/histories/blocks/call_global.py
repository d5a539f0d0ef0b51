# %% gives visits
visits = 0
# %%
def visit(times):
    global visits
    visits += times
# %% change
visit(3)
# %%
print("visits so far:", visits)

# %% gives running
running = 10
# %%
running += 5
# %%
doubled = running * 2
print(running, doubled)
# %%
label = "high" if doubled > 20 else "low"
label

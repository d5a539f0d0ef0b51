# %% gives level
state = {"level": 1, "log": []}
# %%
def bump(amount):
    state["level"] += amount
    state["log"].append(amount)


def play(rounds):
    for number in range(rounds):
        bump(number + 1)
# %% change
play(2)
# %%
level = state["level"]
state

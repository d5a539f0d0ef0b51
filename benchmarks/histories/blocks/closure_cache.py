# %% gives answers_known
def remembering(function):
    known = {}

    def asked(value):
        if value not in known:
            known[value] = function(value)
        return known[value]

    asked.known = known
    return asked
# %%
@remembering
def cube(value):
    return value**3
# %% change
cubes = [cube(3), cube(4)]
# %%
answers_known = len(cube.known)
cubes, answers_known

# %% gives run_name draw
import uuid
# %% draw
run_name = "run-" + uuid.uuid4().hex[:8]
# %%
print(len(run_name))
# %%
run_name.upper()

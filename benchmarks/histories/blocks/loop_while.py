# %% gives rest
jobs = [5, 3, 8, 1]
finished_jobs = []
# %% change
while jobs and len(finished_jobs) < 2:
    finished_jobs.append(jobs.pop())
# %%
rest = sum(jobs)
jobs, finished_jobs

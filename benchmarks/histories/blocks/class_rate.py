# %% gives paid
class Job:
    rate = 12

    def pay(self, hours):
        return hours * self.rate
# %%
job = Job()
# %%
paid = job.pay(8)
paid
# %%
Job.__name__, paid > 90

# %% gives history_text
def recorder():
    events = []

    def note(event):
        events.append(event)
        return len(events)

    def tell():
        return ", ".join(events)

    return note, tell


note, tell = recorder()
# %% change
note("start")
# %%
count = note("end")
# %%
history_text = tell()
print(count, history_text)

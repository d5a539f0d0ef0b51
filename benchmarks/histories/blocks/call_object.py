# %% gives log_length
class Log:
    def __init__(self):
        self.lines = []

    def write(self, text):
        self.lines.append(text)


log = Log()
# %%
def report(word, count):
    for number in range(count):
        log.write(f"{word} {number}")
# %% change
report("step", 3)
# %%
log_length = len(log.lines)
log.lines[-1], log_length

# %% gives pages_total
class Book:
    def __init__(self, pages):
        self.pages = pages


pages = [10, 12]
book = Book(pages)
# %% change
pages += [30]
# %%
pages_total = sum(book.pages)
pages_total

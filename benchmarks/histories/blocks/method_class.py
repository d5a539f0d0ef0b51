# %% gives balance
class Account:
    fee = 2

    def __init__(self, owner, money):
        self.owner = owner
        self.money = money

    def pay(self, amount):
        self.money += amount - self.fee
# %%
account = Account("ann", 100)
# %% change
account.pay(30)
# %%
balance = account.money
print(account.owner, balance)

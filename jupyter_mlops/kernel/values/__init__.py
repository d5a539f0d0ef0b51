"""What stands for a value: equal texts for equal values, bounded in time, with no copy and no call of user code."""

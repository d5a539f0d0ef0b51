# %% gives smallest
import heapq
# %%
heap = [9, 4, 7]
heapq.heapify(heap)
# %% change
heapq.heappush(heap, 2)
# %%
smallest = heap[0]
heap, smallest

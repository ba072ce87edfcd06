// Counts of live tensors and switches of the whole process are looked at.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace FineWebTorch.HubEmulator;

/// <summary>
/// Drops objects that no commit of any branch, tag or pull request names, as the Hub does once or twice a day: what was
/// uploaded and never committed, and what a rewritten history no longer has.
/// </summary>
/// <param name="life">How long such an object is kept; null for ever.</param>
internal sealed class GarbageCollection(RepositoryStore store, TimeSpan? life, TimeProvider time)
{
    private readonly Lock _lock = new();
    private DateTimeOffset _last = DateTimeOffset.MinValue;

    /// <summary>Called at every request; looks at the storage once in a while.</summary>
    public void RunIfDue()
    {
        if (life is not { } kept)
            return;
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (now - _last < kept / 12)
                return;
            _last = now;
            Run(now - kept);
        }
    }

    /// <param name="before">Objects that came later are kept.</param>
    public void Run(DateTimeOffset before)
    {
        foreach (var repository in store.Loaded)
        {
            var named = repository.NamedObjects();
            foreach (var file in repository.Objects.Where(file => !named.Contains(file.Name) &&
                new DateTimeOffset(file.LastWriteTimeUtc) <= before))
                file.Delete();
        }
    }
}

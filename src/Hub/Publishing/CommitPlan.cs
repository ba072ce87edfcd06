using System.Globalization;

namespace FineWebTorch.Hub;

/// <summary>
/// Splits what is to be published into commits of a size that the Hub finishes within its time limit.
/// </summary>
public static class CommitPlan
{
    /// <summary>Stored files in one commit, and small ones, unless asked otherwise.</summary>
    public const int DefaultFilesPerCommit = 1000;

    /// <summary>
    /// Additions in ordinal order of their paths, in as few commits as need be: a small file whose content travels in
    /// the commit goes with the stored file that has its place in that order. Files are deleted, and
    /// <paramref name="last"/> added, in the last one, so that a card never promises files that are still to come.
    /// </summary>
    /// <param name="request">
    /// Its operations are everything but <paramref name="last"/>. Its summary gets numbers when split.
    /// </param>
    /// <param name="last">Say, the card; null for nothing.</param>
    /// <exception cref="ArgumentException">
    /// A folder is to be deleted in more than one commit: done again after a crash, that would delete new files. Name
    /// its files.
    /// </exception>
    public static IReadOnlyList<CommitRequest> Split(
        CommitRequest request, CommitOperation? last = null, int filesPerCommit = DefaultFilesPerCommit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(filesPerCommit, 1);
        var additions = request.Operations.Where(operation => !operation.IsDeletion)
            .OrderBy(operation => operation.Path, StringComparer.Ordinal).ToList();
        var added = additions.Select(operation => operation.Path).ToHashSet();
        var folders = request.Operations.OfType<CommitOperation.DeleteFolder>().ToList();
        var files = request.Operations.OfType<CommitOperation.DeleteFile>()
            .Where(delete => !added.Contains(delete.Path));
        var stored = Parts(additions.Where(addition => addition is CommitOperation.AddLfsFile), filesPerCommit);
        var small = Parts(additions.Where(addition => addition is not CommitOperation.AddLfsFile), filesPerCommit);
        var parts = Enumerable.Range(0, Math.Max(1, Math.Max(stored.Count, small.Count)))
            .Select(part => Part(stored, part).Concat(Part(small, part)).ToList())
            .ToList();
        if (folders.Count > 0 && parts.Count > 1)
            throw new ArgumentException("a folder cannot be deleted in a commit of several parts", nameof(request));
        parts[0].InsertRange(0, folders);
        parts[^1].AddRange(files);
        if (last is not null)
            parts[^1].Add(last);
        return [.. parts.Select((operations, index) => request with
        {
            Operations = operations,
            Summary = parts.Count == 1 ? request.Summary : string.Create(
                CultureInfo.InvariantCulture, $"{request.Summary} (part {index + 1:00000} of {parts.Count:00000})"),
            // A parent holds for the first commit alone; a pull request is opened once.
            ParentCommit = index == 0 ? request.ParentCommit : null,
            CreatePullRequest = index == 0 && request.CreatePullRequest,
        })];
    }

    private static List<CommitOperation[]> Parts(IEnumerable<CommitOperation> additions, int filesPerCommit) =>
        [.. additions.Chunk(filesPerCommit)];

    private static CommitOperation[] Part(List<CommitOperation[]> parts, int index) =>
        index < parts.Count ? parts[index] : [];
}

namespace FineWebTorch.Hub;

/// <summary>
/// Brings files of this machine to a repository's storage and says what to commit. Content that is there already, or
/// that two files share, is sent once at most.
/// </summary>
/// <param name="filesAtATime">Uploads under way together.</param>
public sealed class HubUploader(HubClient client, ObjectUploader uploader, int filesAtATime = 5)
{
    private const long LargestPlainFile = 10 << 20;

    /// <param name="revision">Branch; for a commit that is to open a pull request, the branch it is meant for.</param>
    /// <returns>One operation for each file that is new or changed.</returns>
    public async Task<IReadOnlyList<CommitOperation>> UploadAsync(
        HubRepository repository, string revision, IReadOnlyList<UploadFile> files, bool createPullRequest = false,
        CancellationToken cancellationToken = default)
    {
        var said = await client.PreuploadAsync(repository, revision, files, createPullRequest, cancellationToken)
            .ConfigureAwait(false);
        var wanted = said.Files.Where(file => !file.Ignored && !file.IsUnchanged).ToList();
        var branch = createPullRequest ? null : revision;
        await Parallel.ForEachAsync(
            wanted.Where(file => file.Mode == UploadMode.Lfs).DistinctBy(file => file.File.Sha256),
            new ParallelOptions { MaxDegreeOfParallelism = filesAtATime, CancellationToken = cancellationToken },
            async (file, token) => await SendAsync(
                repository, branch, LocalPath(file.File), new LfsObject(file.File.Sha256, file.File.Size), token)
                .ConfigureAwait(false))
            .ConfigureAwait(false);
        var operations = new List<CommitOperation>();
        foreach (var file in wanted)
            operations.Add(await OperationAsync(file, cancellationToken).ConfigureAwait(false));
        return operations;
    }

    /// <summary>
    /// Uploads one file unless the storage has its content, checked by the Hub. The actions are asked for now, since
    /// they do not live long.
    /// </summary>
    /// <param name="branch">Null for what is to go into a pull request.</param>
    /// <param name="blob">What the file holds.</param>
    public async Task SendAsync(
        HubRepository repository, string? branch, string path, LfsObject blob,
        CancellationToken cancellationToken = default)
    {
        async Task<UploadActions> AskAsync(CancellationToken token) =>
            (await client.GetUploadActionsAsync(repository, branch, [blob], token).ConfigureAwait(false))[0];
        var actions = await AskAsync(cancellationToken).ConfigureAwait(false);
        if (actions.IsStored)
            return;
        var done = await uploader.UploadAsync(path, actions, AskAsync, null, cancellationToken).ConfigureAwait(false);
        await client.VerifyAsync(repository, done, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<CommitOperation> OperationAsync(PreuploadedFile file, CancellationToken cancellationToken)
    {
        if (file.Mode == UploadMode.Lfs)
            return new CommitOperation.AddLfsFile(file.File.Path, file.File.Sha256, file.File.Size);
        if (file.File.Size > LargestPlainFile)
            throw new HubException(
                HubErrorKind.TooLarge,
                $"{file.File.Path}: the Hub wants it inside the commit, which takes files up to 10 MiB");
        return new CommitOperation.AddFile(
            file.File.Path,
            await File.ReadAllBytesAsync(LocalPath(file.File), cancellationToken).ConfigureAwait(false));
    }

    private static string LocalPath(UploadFile file) =>
        file.LocalPath ?? throw new InvalidOperationException($"{file.Path} has no local file");
}

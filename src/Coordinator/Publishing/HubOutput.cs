using System.Collections.Concurrent;
using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Publishing;

/// <summary>The dataset on the Hub that a run's shards go to: what is asked of it before the commit.</summary>
internal sealed class HubOutput
{
    private const string PullRequests = "refs/pr/";

    private readonly ConcurrentDictionary<string, UploadActions> _planned = new(StringComparer.Ordinal);

    public HubOutput(HubAccess hub, RunSpec spec, PublishOptions options)
    {
        var place = HubPath.Parse(spec.Output);
        (Hub, Options, Repository, Revision) = (hub, options, place.Repository, place.Revision ?? "main");
        Layout = spec.Layout;
    }

    public HubAccess Hub { get; }

    public PublishOptions Options { get; }

    public HubRepository Repository { get; }

    public string Revision { get; }

    /// <summary>The number of the pull request that <c>--revision</c> names; null where it names a branch.</summary>
    public int? GivenPullRequest => Revision.StartsWith(PullRequests, StringComparison.Ordinal) &&
        int.TryParse(Revision.AsSpan(PullRequests.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    private ShardLayout Layout { get; }

    /// <summary>Uploads for a pull request name no branch.</summary>
    private string? Branch => Options.CreatePullRequest ? null : Revision;

    /// <summary>The repository is there, or is created, and the token may write to it.</summary>
    /// <exception cref="HubException">One of these fails; the message says which.</exception>
    /// <exception cref="UserErrorException">It is to be private and is public.</exception>
    public async Task PreflightAsync(CancellationToken cancellationToken)
    {
        if (!Options.CreatePullRequest && Revision != "main" && !Revision.StartsWith("refs/", StringComparison.Ordinal))
        {
            await Hub.Client.CreateRepositoryAsync(Repository, Options.Private, cancellationToken);
            await Hub.Client.CreateBranchAsync(Repository, Revision, null, cancellationToken);
        }

        await Hub.Preflight.CheckOutputAsync(
            Repository, Revision, Options.Private, Options.CreatePullRequest, cancellationToken);
        await DemandUploadsAsync(cancellationToken);
        if (Options.Private)
            DemandPrivate((await Hub.Client.GetInfoAsync(Repository, cancellationToken: cancellationToken)).Private);
    }

    /// <summary>As far as that can be known without creating anything, what <see cref="PreflightAsync"/> checks.</summary>
    /// <param name="names">Of the run's shards.</param>
    /// <returns>What a run would do on the Hub before it starts; null where that is nothing.</returns>
    /// <inheritdoc cref="PreflightAsync"/>
    public async Task<string?> ProbeAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var found = await Hub.Preflight.ProbeOutputAsync(
            Repository, Revision, Options.CreatePullRequest, cancellationToken);
        if (found.IsPrivate is null)
            return $"{Repository} is not there: it would be created{(Options.Private ? " as a private dataset" : "")}";
        DemandPrivate(found.IsPrivate);
        await DemandUploadsAsync(cancellationToken);
        var head = await Hub.Client.GetInfoAsync(Repository, found.HasRevision ? Revision : null, cancellationToken);
        await FindEarlierAsync(head.Commit, names, [], cancellationToken);
        return found.HasRevision ? null : $"{Repository} has no branch {Revision}: it would be created";
    }

    /// <summary>Where to upload an object; asked again, fresh addresses.</summary>
    public async Task<UploadActions> PlanAsync(LfsObject blob, CancellationToken cancellationToken)
    {
        var actions = await Hub.Client.GetUploadActionsAsync(Repository, Branch, [blob], cancellationToken);
        return _planned[blob.Oid] = actions[0];
    }

    /// <summary>Whether the storage holds an object that someone says to have uploaded.</summary>
    public async Task<bool> ConfirmAsync(LfsObject blob, CancellationToken cancellationToken)
    {
        if (!_planned.TryRemove(blob.Oid, out var actions) || actions.VerifyUrl is null)
            return (await FindMissingAsync([blob], cancellationToken)).Count == 0;
        try
        {
            await Hub.Client.VerifyAsync(Repository, actions, cancellationToken);
            return true;
        }
        catch (HubException exception) when (exception.Kind is HubErrorKind.NotFound or HubErrorKind.EntryNotFound
            or HubErrorKind.RepositoryNotFound or HubErrorKind.BadRequest)
        {
            return false;
        }
    }

    /// <summary>Uploads a file of this machine unless the storage has its content.</summary>
    public Task UploadAsync(string path, LfsObject blob, CancellationToken cancellationToken) =>
        Hub.Uploader.SendAsync(Repository, Branch, path, blob, cancellationToken);

    public Task<IReadOnlyList<LfsObject>> FindMissingAsync(
        IReadOnlyList<LfsObject> objects, CancellationToken cancellationToken) =>
        Hub.Client.FindMissingAsync(Repository, Branch, objects, cancellationToken);

    /// <summary>The head that the commit will have for its parent.</summary>
    public async Task<string> GetHeadAsync(CancellationToken cancellationToken) => Options.CreatePullRequest
        ? (await Hub.Client.GetInfoAsync(Repository, Revision, cancellationToken)).Commit
        : await Hub.Publisher.GetHeadAsync(Repository, Revision, "README.md", cancellationToken);

    /// <summary>Shards of earlier runs: files that the card's patterns match and that are none of these.</summary>
    /// <param name="head">Where to look.</param>
    /// <param name="names">Of this run's shards.</param>
    /// <param name="shards">Those that are known by now.</param>
    /// <param name="cancellationToken">For the requests.</param>
    /// <returns>
    /// Paths in the repository, which may be deleted; with them those of shards that a step has published by another
    /// name.
    /// </returns>
    /// <exception cref="UserErrorException">There are some, and they may not be deleted.</exception>
    public async Task<IReadOnlyList<string>> FindEarlierAsync(
        string head, IEnumerable<string> names, IReadOnlyList<PublishedShard> shards,
        CancellationToken cancellationToken)
    {
        var own = shards.ToDictionary(shard => shard.Path, shard => shard.Shard.Sha256, StringComparer.Ordinal);
        var renamed = shards.Where(shard => shard.IsRenamed)
            .ToDictionary(shard => shard.Shard.Name, shard => shard.Shard.Sha256, StringComparer.Ordinal);
        var (earlier, foreign) = (new List<string>(), new List<string>());
        foreach (var pattern in ShardPattern.Of(Layout, names))
        {
            var others = (await ListAsync(head, pattern, cancellationToken))
                .Where(file => file.Sha256 is null || own.GetValueOrDefault(file.Path) != file.Sha256).ToList();
            earlier.AddRange(others.Select(file => file.Path));
            foreign.AddRange(others
                .Where(file => file.Sha256 is null || renamed.GetValueOrDefault(file.Path) != file.Sha256)
                .Select(file => file.Path));
        }

        if (foreign.Count > 0 && !Options.Overwrite)
            throw new UserErrorException(
                $"--output {Repository}: {foreign[0]}" +
                (foreign.Count > 1 ? $" and {NumberText.Count(foreign.Count - 1, "more shard")} are" : " is") +
                " there already and not of this run; --overwrite deletes them in the commit, or give another " +
                "--output or --revision");
        return earlier;
    }

    /// <summary>Whoever may open a pull request may not yet upload what it is to hold.</summary>
    private async Task DemandUploadsAsync(CancellationToken cancellationToken)
    {
        if (Options.CreatePullRequest)
            await FindMissingAsync([new LfsObject(Sha256.Of("probe\n"), 6)], cancellationToken);
    }

    private void DemandPrivate(bool? isPrivate)
    {
        if (Options.Private && isPrivate == false)
            throw new UserErrorException(
                $"--private: {Repository} is there already and public; make it private on its settings page, or give " +
                "another --output");
    }

    /// <summary>The manifests that lie beside shards of earlier runs.</summary>
    /// <param name="head">Where to look.</param>
    /// <param name="earlier">Paths of the shards.</param>
    /// <param name="cancellationToken">For the request.</param>
    /// <returns>Paths in the repository; no request is made where there are no such shards.</returns>
    public async Task<IReadOnlyList<string>> FindManifestsAsync(
        string head, IReadOnlyList<string> earlier, CancellationToken cancellationToken)
    {
        if (earlier.Count == 0)
            return [];
        var names = earlier.Select(PublishedShard.ManifestOf).ToHashSet(StringComparer.Ordinal);
        return [.. (await ListAsync(head, PublishedShard.ManifestOf("**"), cancellationToken))
            .Select(file => file.Path).Where(names.Contains)];
    }

    private async Task<IReadOnlyList<HubFile>> ListAsync(
        string head, string pattern, CancellationToken cancellationToken)
    {
        try
        {
            return await Hub.Client.FindFilesAsync(
                new HubPath(Repository, head, pattern), head, cancellationToken: cancellationToken);
        }
        catch (HubException exception) when (exception.Kind == HubErrorKind.EntryNotFound)
        {
            return [];
        }
    }
}

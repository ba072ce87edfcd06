using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using FineWebTorch.Common;

namespace FineWebTorch.Hub;

public sealed partial class HubClient
{
    private const int MostPathsInOneCall = 500;

    /// <summary>What a folder holds, page by page, in the Hub's order.</summary>
    /// <param name="revision">A commit, so that no page belongs to another one.</param>
    /// <param name="folder">Empty for the root.</param>
    /// <param name="recursive">Also what its subfolders hold.</param>
    /// <param name="kept">What is known of the listing, and gets what is not.</param>
    public async IAsyncEnumerable<HubFile> ListAsync(
        HubRepository repository, string revision, string folder = "", bool recursive = true, KeptPages? kept = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var query = $"recursive={(recursive ? "true" : "false")}&expand=false";
        var first = _addresses.Tree(repository, revision, folder, query);
        var purpose = $"list {repository}{(folder.Length == 0 ? "" : "/" + folder)}";
        await foreach (
            var page in PagesAsync(first, purpose, repository, kept, cancellationToken).ConfigureAwait(false))
        {
            foreach (var file in page.Files)
                yield return file;
        }
    }

    /// <summary>
    /// The files that a path stands for: those that match its pattern, those below a folder, or the one file;
    /// in ordinal order of their paths, so that shard numbers are stable.
    /// </summary>
    /// <param name="kept">As <see cref="ListAsync"/> has it.</param>
    /// <exception cref="HubException">No file matches.</exception>
    public async Task<IReadOnlyList<HubFile>> FindFilesAsync(
        HubPath path, string revision, KeptPages? kept = null, CancellationToken cancellationToken = default)
    {
        var files = path.HasWildcard
            ? await MatchAsync(path, revision, kept, cancellationToken).ConfigureAwait(false)
            : await BelowAsync(path, revision, kept, cancellationToken).ConfigureAwait(false);
        if (files.Count == 0)
            throw new HubException(HubErrorKind.EntryNotFound, $"{path}: no file there")
            {
                Repository = path.Repository,
            };
        files.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return files;
    }

    /// <summary>The rows of chosen paths; those that do not exist are left out.</summary>
    /// <param name="expand">Whether to ask for the commit that touched each last, which takes the Hub longer.</param>
    public async Task<IReadOnlyList<HubFile>> GetPathsAsync(
        HubRepository repository, string revision, IReadOnlyList<string> paths, bool expand = false,
        CancellationToken cancellationToken = default)
    {
        var url = _addresses.Api(repository, $"paths-info/{HubAddresses.Revision(revision)}");
        var found = new List<HubFile>();
        await InPartsAsync(paths, MostPathsInOneCall, async part =>
        {
            var request = Post(url, $"look up files of {repository}", repository, new PathsDto(part, expand));
            var rows = await _sender.ReadAsync<TreeRow[]>(request, cancellationToken).ConfigureAwait(false);
            found.AddRange(rows.Select(row => row.ToFile()));
        }).ConfigureAwait(false);
        return found;
    }

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<HubCommit>> GetCommitsAsync(
        HubRepository repository, string revision, CancellationToken cancellationToken = default)
    {
        var url = _addresses.Api(repository, $"commits/{HubAddresses.Revision(revision)}");
        var rows = await _sender.ReadAsync<CommitRow[]>(
            Get(url, $"list the commits of {repository}", repository), cancellationToken).ConfigureAwait(false);
        return [.. rows.Select(row => row.ToCommit())];
    }

    private async Task<List<HubFile>> MatchAsync(
        HubPath path, string revision, KeptPages? kept, CancellationToken cancellationToken)
    {
        var glob = new FilePattern(path.Path);
        return await ListAsync(path.Repository, revision, glob.Folder, glob.NeedsDepth, kept, cancellationToken)
            .Where(file => !file.IsFolder && glob.IsMatch(file.Path))
            .ToListAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<List<HubFile>> BelowAsync(
        HubPath path, string revision, KeptPages? kept, CancellationToken cancellationToken)
    {
        if (path.Path.Length > 0)
        {
            var own = await GetPathsAsync(path.Repository, revision, [path.Path], false, cancellationToken)
                .ConfigureAwait(false);
            if (own is [{ IsFolder: false } file])
                return [file];
        }
        var shown = new FilePattern(path.Path.Length == 0 ? "**" : path.Path + "/**");
        return await ListAsync(path.Repository, revision, path.Path, true, kept, cancellationToken)
            .Where(file => !file.IsFolder && shown.IsMatch(file.Path))
            .ToListAsync(cancellationToken).ConfigureAwait(false);
    }

    private sealed record PathsDto(IReadOnlyList<string> Paths, bool Expand);

    private sealed record CommitRow([property: JsonRequired] string Id, string? Title, DateTimeOffset? Date, string? Message)
    {
        public HubCommit ToCommit() => new(Id, Title ?? "", Date) { Description = Message ?? "" };
    }

    private sealed record LfsRow([property: JsonRequired] string Oid, long Size);

    private sealed record TreeRow(
        string? Type, string? Oid, long Size, string? Path, LfsRow? Lfs, CommitRow? LastCommit)
    {
        /// <exception cref="HubException">It is a file that no repository can hold.</exception>
        public HubFile ToFile()
        {
            // Whether a file here may be called so is for those to ask who make one; see ForeignPath.
            var size = Lfs?.Size ?? Size;
            return Path is { Length: > 0 } && size >= 0
                ? new HubFile(Path, Type == "directory", size, Oid ?? "", Lfs?.Oid, LastCommit?.ToCommit())
                : throw new HubException(
                    HubErrorKind.BadAnswer, $"the Hub lists a file '{PlainText.Clean(Path ?? "", 200)}' of {size} bytes");
        }
    }
}

/// <summary>A file or folder of a repository, as a listing shows it.</summary>
/// <param name="Size">Of the content, in bytes; 0 for a folder.</param>
/// <param name="BlobId">Git's id: of the content of a plain file, of the pointer of an LFS file.</param>
/// <param name="Sha256">Of the content of an LFS file; null for plain files.</param>
/// <param name="LastCommit">The newest commit that touched it, where the listing was asked to expand.</param>
public sealed record HubFile(
    string Path, bool IsFolder, long Size, string BlobId, string? Sha256, HubCommit? LastCommit)
{
    /// <summary>
    /// What the content is compared by, here and in a preupload answer: sha256 for LFS, git's blob id otherwise.
    /// </summary>
    public string ContentId => Sha256 ?? BlobId;
}

/// <param name="Id">40 hex digits.</param>
public sealed record HubCommit(string Id, string Title, DateTimeOffset? Date)
{
    /// <summary>Empty where the Hub did not say, as in listings of files.</summary>
    public string Description { get; init; } = "";
}

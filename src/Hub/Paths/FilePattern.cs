using FineWebTorch.Common;

namespace FineWebTorch.Hub;

/// <summary>
/// A <see cref="Glob"/> over a repository's files, with the rule of <c>datasets</c>: housekeeping files, and what
/// <see cref="DataNames"/> says to be no data, match only where the pattern names them.
/// </summary>
internal sealed class FilePattern(string pattern)
{
    private static readonly string[] Housekeeping =
        ["README.md", "config.json", "dataset_info.json", "dataset_infos.json", "dataset_dict.json", "dummy_data.zip"];

    private readonly Glob _glob = new(pattern);

    /// <inheritdoc cref="Glob.Folder"/>
    public string Folder => _glob.Folder;

    /// <inheritdoc cref="Glob.NeedsDepth"/>
    public bool NeedsDepth => _glob.NeedsDepth;

    public bool IsMatch(string path) => _glob.IsMatch(path) && path.Split('/').All(IsShown);

    private bool IsShown(string part) =>
        !(DataNames.IsNoData(part) || Housekeeping.Contains(part)) ||
        _glob.Names.Any(name => name == part || (DataNames.IsNoData(part) && DataNames.IsTypedIn(part, name)));
}

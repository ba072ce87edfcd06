using FineWebTorch.Common;
using FineWebTorch.Hub;
using FineWebTorch.Worker.Documents;

namespace FineWebTorch.Worker.Inputs;

/// <summary>An input that was named, or found in a folder or by a pattern.</summary>
/// <param name="Name">As it was typed or found: a path, a place on the Hub, or "-".</param>
internal sealed record NamedInput(string Name, InputKind Kind, bool IsOnHub)
{
    /// <summary>Whether it is a file of this machine.</summary>
    public bool IsFile => !IsOnHub && Name != InputStreams.StandardInput;
}

/// <summary>Makes a list of files of what was typed.</summary>
/// <param name="kind">Of all files, whatever their names say; null where these tell.</param>
/// <param name="warn">Hears of folders that cannot be read; they are left out.</param>
internal sealed class InputList(InputKind? kind, Action<string> warn)
{
    /// <returns>As they were typed; those of a folder or pattern in the order of their names.</returns>
    /// <exception cref="UserErrorException">A name says no kind, or "-" stands there twice.</exception>
    /// <exception cref="IOException">There is no such file, or none in a folder.</exception>
    public IReadOnlyList<NamedInput> Find(IReadOnlyList<string> typed)
    {
        if (typed.Count(name => name == InputStreams.StandardInput) > 1)
            throw new UserErrorException("standard input (-) can be read once only", ExitCode.Usage);
        if (kind == InputKind.Parquet && typed.Contains(InputStreams.StandardInput))
            throw new UserErrorException(
                "a Parquet file cannot be read from standard input (-), its end has to be read first; give the file",
                ExitCode.Usage);
        return [.. typed.SelectMany(Find)];
    }

    private IEnumerable<NamedInput> Find(string typed)
    {
        if (HubPath.LooksLikeOne(typed, HubEnvironment.Process.Endpoint))
            return [OnHub(typed)];
        if (Directory.Exists(typed))
            return Search(typed, typed, FileSearch.Everything);
        if (Glob.HasWildcard(typed) && !File.Exists(typed))
        {
            var folder = new Glob(typed).Folder;
            var start = folder.Length > 0 ? folder : typed.StartsWith('/') ? "/" : ".";
            return Search(typed, start, folder.Length > 0 ? typed[(folder.Length + 1)..] : typed.TrimStart('/'));
        }

        var input = new NamedInput(typed, KindOf(typed, typed), IsOnHub: false);
        InputStreams.Check(typed);
        return [input];
    }

    private NamedInput OnHub(string typed)
    {
        var place = HubPath.Parse(typed, HubEnvironment.Process.Endpoint);
        if (place.Path.Length == 0 || place.HasWildcard)
            throw new UserErrorException(
                $"{typed}: name one file, as in hf://datasets/owner/name/data/file.parquet", ExitCode.Usage);
        return new NamedInput(typed, KindOf(place.Path, typed), IsOnHub: true);
    }

    private List<NamedInput> Search(string typed, string folder, string pattern)
    {
        // What is of no kind that can be read lies beside the data in many folders.
        var found = new FileSearch(warn).Find(folder, pattern).Files
            .Select(file => (file.Name, Kind: kind ?? InputKinds.Of(file.Name)))
            .Where(file => file.Kind is not null)
            .Select(file => new NamedInput(
                folder == "." ? file.Name : Path.Combine(folder, file.Name), file.Kind!.Value, IsOnHub: false))
            .ToList();
        return found.Count > 0 ? found : throw new FileNotFoundException(
            $"{typed}: there is no file to read there ({InputKinds.Supported})", typed);
    }

    private InputKind KindOf(string path, string typed) => kind ?? InputKinds.Of(path) ??
        throw new UserErrorException(
            $"{typed}: give a file that ends in {InputKinds.Supported}, or say with --input-format what it holds",
            ExitCode.Usage);
}

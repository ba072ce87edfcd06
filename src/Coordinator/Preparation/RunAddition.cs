using FineWebTorch.Common;
using FineWebTorch.Coordinator.Inputs;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Preparation;

/// <summary>
/// Which files a run that goes on gets besides those that it has. They come after these, whatever their names are, so
/// that no shard gets another name.
/// </summary>
/// <param name="add">A person wants them; else they are refused.</param>
/// <param name="warn">Hears how many there are.</param>
internal sealed class RunAddition(ILedger ledger, LedgerContents contents, RunSpec spec, bool add, Action<string> warn)
{
    /// <param name="inputs">As they are now.</param>
    /// <returns>In ordinal order of their names.</returns>
    /// <exception cref="UserErrorException">There are some, and nobody wants them.</exception>
    public IReadOnlyList<InputFileInfo> Choose(IReadOnlyList<InputFileInfo> inputs)
    {
        var fresh = FindFresh(inputs);
        var room = spec.Files == 0 ? fresh.Count : Math.Clamp(spec.Files - contents.FileCount, 0, fresh.Count);
        if (room > 0 && !add)
            throw new UserErrorException(
                $"{spec.Input}: {fresh[0].Path} {(room > 1 ? $"and {NumberText.Count(room - 1, "more file")} are" : "is")} " +
                "new since the run was started; --add adds what is new to the run, or start another run with --run and " +
                "--output");
        if (add)
            warn(Describe(fresh, room));
        return fresh[..room];
    }

    private List<InputFileInfo> FindFresh(IReadOnlyList<InputFileInfo> inputs)
    {
        var open = contents.Files.Select(file => file.Name).ToHashSet(StringComparer.Ordinal);
        var others = inputs.Where(input => !open.Contains(input.Name)).ToList();
        if (others.Count == 0)
            return [];
        var all = ledger.ReadFiles().Select(file => file.Record.Name).ToHashSet(StringComparer.Ordinal);
        return [.. others.Where(input => !all.Contains(input.Name))];
    }

    private string Describe(List<InputFileInfo> fresh, int room) => (room, fresh.Count) switch
    {
        (0, 0) => "--add: there is no new file",
        (0, _) => $"--add: nothing is added, since --files {spec.Files} is reached",
        _ => $"--add: {NumberText.Count(room, "file")} added to the run: {fresh[0].Name}{(room > 1 ? ", …" : "")}",
    };
}

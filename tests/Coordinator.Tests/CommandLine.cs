using System.CommandLine;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Tests;

/// <summary>What is typed after <c>coordinator run</c>; of two values of an option the later counts.</summary>
/// <param name="typed">Names and values in turn; "true" for a flag.</param>
internal sealed class CommandLine(params string[] typed)
{
    private readonly Dictionary<string, string> _typed =
        typed.Chunk(2).GroupBy(pair => pair[0]).ToDictionary(option => option.Key, option => option.Last()[1]);

    private IEnumerable<string> Words => _typed.SelectMany(option => (string[])[option.Key, option.Value]);

    public CommandLine With(params string[] more) => new([.. Words, .. more]);

    /// <exception cref="UserErrorException">It is refused; the message is what the program would say.</exception>
    public RunOptions Parse()
    {
        var table = RunCommandLine.Table(TimeProvider.System);
        var parsed = new RootCommand { table.Complete(new Command("run")) }.Parse(["run", .. Words]);
        var violations = new List<string>();
        var options = table.Read(new OptionSources(parsed, _ => null, file: null), violations);
        return violations.Count == 0
            ? options
            : throw new UserErrorException(string.Join("; ", violations), ExitCode.Usage);
    }
}

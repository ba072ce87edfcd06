using System.CommandLine;
using FineWebTorch.Cli;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Tests;

/// <summary>What is typed after <c>coordinator run</c>; a later value of an option takes the place of an earlier.</summary>
/// <param name="typed">Names and values in turn; "true" for a flag.</param>
internal sealed class CommandLine(params string[] typed)
{
    private readonly Dictionary<string, string> _typed =
        typed.Chunk(2).GroupBy(pair => pair[0]).ToDictionary(option => option.Key, option => option.Last()[1]);

    public CommandLine With(params string[] more) => new([.. _typed.SelectMany(pair => (string[])[pair.Key, pair.Value]),
        .. more]);

    /// <exception cref="UserErrorException">It is refused; the message is what the program would say.</exception>
    public RunOptions Parse()
    {
        var run = RunCommandLine.Create(TimeProvider.System);
        var parsed = new RootCommand { run }.Parse(
            ["run", .. _typed.SelectMany(pair => (string[])[pair.Key, pair.Value])]);
        return parsed.Errors.Count == 0
            ? RunCommandLine.Read(parsed)
            : throw new UserErrorException(
                string.Join("; ", parsed.Errors.Select(error => error.Message)), ExitCode.Usage);
    }
}

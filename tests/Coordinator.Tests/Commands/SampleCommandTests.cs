using System.CommandLine;
using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Tests.Commands;

/// <summary>A run of the sample that commands are typed for, and what they say.</summary>
public abstract class SampleCommandTests : IDisposable
{
    private protected SampleRun Sample { get; } = new();

    private protected StringWriter Output { get; } = new();

    private protected StringWriter Errors { get; } = new();

    public void Dispose()
    {
        Sample.Dispose();
        Output.Dispose();
        Errors.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <returns>One of <see cref="ExitCode"/>.</returns>
    private protected Task<int> CallAsync(IEnumerable<Command> commands, IReadOnlyList<string> arguments)
    {
        var root = new RootCommand();
        foreach (var command in commands)
            root.Add(command);
        return CommandLineApp.RunAsync(root, [.. arguments], CancellationToken.None, Errors);
    }
}

using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Commands;

/// <summary>The command that continues a run.</summary>
internal static class ResumeCommand
{
    /// <summary>The one that was typed, without a password.</summary>
    /// <param name="program">What to type to start it.</param>
    /// <param name="arguments">The program's path first.</param>
    public static string Of(string program, IReadOnlyList<string> arguments) =>
        string.Join(' ', arguments.Skip(1).Prepend(program).Select(PostgresAddress.Hide).Select(Quote));

    /// <summary>One that names the options that the run was started with and keeps.</summary>
    /// <param name="program">What to type to start it.</param>
    public static string Of(string program, StoredRun run)
    {
        var options = run.Core.Run.Options;
        var typed = RunSpec.Settings
            .Where(setting => setting.Default is null || setting.Resolve(setting.Default) != options[setting.Name])
            .SelectMany(setting => (string[])[setting.Name, options[setting.Name]]);
        return Of(program, ["", "run", "--run", run.Path, .. typed]);
    }

    private static string Quote(string argument) =>
        argument.Length > 0 && argument.All(IsPlain)
            ? argument
            : OperatingSystem.IsWindows()
                ? $"\"{argument}\""
                : $"'{argument.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    private static bool IsPlain(char c) =>
        char.IsAsciiLetterOrDigit(c) || "-_./:=,@+%".Contains(c, StringComparison.Ordinal);
}

namespace FineWebTorch.Coordinator.Commands;

/// <summary>The command that continues a run: the one that was typed.</summary>
internal static class ResumeCommand
{
    /// <param name="arguments">The program's path first.</param>
    public static string Of(IReadOnlyList<string> arguments) =>
        string.Join(' ', arguments.Skip(1).Select(Quote).Prepend("coordinator"));

    private static string Quote(string argument) =>
        argument.Length > 0 && argument.All(IsPlain)
            ? argument
            : $"'{argument.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    private static bool IsPlain(char c) =>
        char.IsAsciiLetterOrDigit(c) || "-_./:=,@+%".Contains(c, StringComparison.Ordinal);
}

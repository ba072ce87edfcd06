using FineWebTorch.Common;

namespace FineWebTorch.Worker.Inputs;

/// <summary>Refuses an output that is one of the inputs, by whatever path or link.</summary>
internal static class OutputGuard
{
    private const string StandardInput = "/proc/self/fd/0";
    private const string StandardOutput = "/proc/self/fd/1";

    /// <param name="output">Null for standard output, whose file Linux tells.</param>
    /// <exception cref="UserErrorException">They are one file.</exception>
    public static void Check(InputSet inputs, string? output)
    {
        var target = output ?? StandardOutput;
        // Terminals, pipes and /dev/null are nobody's only copy.
        if (!FileIdentity.IsRegularFile(target) || FileIdentity.Of(target) is not { } identity)
            return;
        var files = inputs.HasStandardInput ? inputs.Files.Append(StandardInput) : inputs.Files;
        if (files.FirstOrDefault(file => FileIdentity.Of(file) == identity) is not { } input)
            return;
        var inputName = input == StandardInput ? "standard input" : input;
        throw new UserErrorException(
            output is null
                ? $"standard output goes into {inputName}, which is an input; write to another file"
                : $"--output {output}: is the input {inputName} itself; name another file",
            ExitCode.Usage);
    }
}

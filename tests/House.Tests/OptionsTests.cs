using System.Diagnostics;
using System.Text.RegularExpressions;

namespace FineWebTorch.House.Tests;

/// <summary>docs/options.md is what the programs say of themselves, and that is fit to be read.</summary>
public sealed partial class OptionsTests
{
    private static readonly string Document = Path.Combine(TestData.RepositoryRoot, "docs", "options.md");

    [Fact]
    public async Task Document_IsWhatTheProgramsSay()
    {
        var script = Path.Combine(TestData.RepositoryRoot, "build", "options");
        var help = await Executables.OutputOfAsync(
            new ProcessStartInfo(Executables.Require("bash"), [script, "--print"]));

        Assert.True(
            help.ReplaceLineEndings() == File.ReadAllText(Document).ReplaceLineEndings(),
            "an option has changed: build/options writes docs/options.md anew");
    }

    [Fact]
    public void Help_OfEveryCommand_FitsATerminalAndIsInGroupsWithExamples()
    {
        foreach (var (command, help) in Commands())
        {
            Assert.DoesNotContain(help.Split('\n'), line => line.Length > 80);
            Assert.DoesNotContain("Other options:", help, StringComparison.Ordinal); // Of an option without a group
            if (command != "coordinator")
                Assert.True(Example().Count(help[help.IndexOf("Examples:", StringComparison.Ordinal)..]) >= 2, command);
        }
    }

    [Theory]
    [InlineData("native", "the kernels' library")]
    [InlineData("require-peers", "of the tests")]
    public void Option_OfAVariableThatMeansSomethingElse_IsNone(string name, string meaning) =>
        Assert.False(File.ReadAllText(Document).Contains($" --{name} ", StringComparison.Ordinal), meaning);

    [Fact]
    public void Commands_OfBothPrograms_MayHaveASectionInTheFileOfOptions()
    {
        var source = File.ReadAllText(
            Path.Combine(SourceProject.Root, "Common", "CommandLine", "OptionFile.cs"));

        Assert.All(Commands(), entry => Assert.Contains(
            $"\"{entry.Command.Split(' ')[^1]}\"", source, StringComparison.Ordinal));
    }

    private static IEnumerable<(string Command, string Help)> Commands() =>
        Section().Matches(File.ReadAllText(Document).ReplaceLineEndings("\n"))
            .Select(found => (found.Groups[1].Value, found.Groups[2].Value));

    [GeneratedRegex(@"\n## (.+)\n\n```text\n([^`]*)\n```")]
    private static partial Regex Section();

    [GeneratedRegex(@"^  (?=\S)", RegexOptions.Multiline)]
    private static partial Regex Example();
}

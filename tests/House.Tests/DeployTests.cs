using System.Diagnostics;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace FineWebTorch.House.Tests;

/// <summary>What <c>deploy/</c> gives to other programs is what they read, and names options that ours have.</summary>
public sealed partial class DeployTests
{
    /// <summary>Of a task, as SkyPilot documents it.</summary>
    private static readonly string[] TaskKeys =
        ["name", "resources", "envs", "secrets", "file_mounts", "setup", "run", "num_nodes", "workdir", "config"];

    private static readonly string[] ResourceKeys =
    [
        "accelerators", "cpus", "memory", "disk_size", "ordered", "any_of", "job_recovery", "use_spot", "infra", "image_id",
        "instance_type",
    ];

    private static readonly string Folder = Path.Combine(TestData.RepositoryRoot, "deploy");

    public static TheoryData<string> Units =>
        [.. Directory.EnumerateFiles(Path.Combine(Folder, "systemd")).Select(file => Path.GetFileName(file)).Order()];

    [Fact]
    public void Options_InFilesOfOtherPrograms_AreOurs()
    {
        var known = Option().Matches(Document("options.md")).Select(found => found.Value).ToHashSet(StringComparer.Ordinal);
        var starts = Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories)
            .SelectMany(File.ReadLines)
            .Where(line => !line.StartsWith('#') && Start().IsMatch(line)).ToList();
        Assert.True(starts.Count >= 3);
        Assert.All(
            starts.SelectMany(line => Option().Matches(line).Select(found => found.Value)), option => Assert.Contains(option, known));
    }

    [Fact]
    public void SkyPilot_IsGivenATaskWithSpotMachinesFirst()
    {
        using var text = File.OpenText(Path.Combine(Folder, "skypilot", "fineweb.yaml"));
        var yaml = new YamlStream();
        yaml.Load(text);
        var task = (YamlMappingNode)Assert.Single(yaml.Documents).RootNode;
        Assert.DoesNotContain(task.Children.Keys.Select(key => key.ToString()), key => !TaskKeys.Contains(key));
        var resources = (YamlMappingNode)task["resources"];
        Assert.DoesNotContain(resources.Children.Keys.Select(key => key.ToString()), key => !ResourceKeys.Contains(key));
        Assert.Equal(
            ["true", "false"], ((YamlSequenceNode)resources["ordered"]).Select(choice => choice["use_spot"].ToString()));
    }

    [Fact]
    public void Version_IsThatOfTheArchive()
    {
        var version = Version().Match(File.ReadAllText(Path.Combine(TestData.RepositoryRoot, "Directory.Build.props"))).Groups[1].Value;
        Assert.Contains(
            $"fineweb-torch-{version}-linux-x64-cuda.tar.gz", File.ReadAllText(Path.Combine(Folder, "skypilot", "fineweb.yaml")),
            StringComparison.Ordinal);
        Assert.Contains(
            $"newTag: {version}\n", File.ReadAllText(Path.Combine(Folder, "kubernetes", "kustomization.yaml")),
            StringComparison.Ordinal);
    }

    /// <summary>The programs need not be where units look for them, nor systemd be at work.</summary>
    [Theory]
    [MemberData(nameof(Units))]
    public async Task Unit_IsWhatSystemdReads(string unit)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/systemd-analyze"), "needs the program 'systemd-analyze', which is not installed");
        var folder = Directory.CreateTempSubdirectory("units-");
        try
        {
            var text = await File.ReadAllTextAsync(Path.Combine(Folder, "systemd", unit), TestContext.Current.CancellationToken);
            var copy = Path.Combine(folder.FullName, unit);
            await File.WriteAllTextAsync(
                copy, Program().Replace(text, "ExecStart=/bin/true "), TestContext.Current.CancellationToken);
            var (exitCode, output, errors) = await Executables.RunAsync(
                new ProcessStartInfo("/usr/bin/systemd-analyze", ["verify", "--man=no", copy]));
            Assert.Equal((0, ""), (exitCode, output + errors));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Document(string name) =>
        File.ReadAllText(Path.Combine(TestData.RepositoryRoot, "docs", name));

    [GeneratedRegex("--[a-z][-a-z]*")]
    private static partial Regex Option();

    [GeneratedRegex(@"/bin/(worker|coordinator) |^ +- --[a-z]")]
    private static partial Regex Start();

    [GeneratedRegex("^ExecStart=[^ ]+ ", RegexOptions.Multiline)]
    private static partial Regex Program();

    [GeneratedRegex("<Version>([^<]+)</Version>")]
    private static partial Regex Version();
}

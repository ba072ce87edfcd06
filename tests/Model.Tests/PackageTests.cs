using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Reflection.Metadata;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Xml.Linq;

namespace FineWebTorch.Model.Tests;

/// <summary>The library as others get it: the example beside it, and the package.</summary>
public sealed class PackageTests
{
    private static readonly string Repository = TestData.RepositoryRoot;
    private static readonly string Configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
    private static readonly string Dotnet = Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet"
        ? path
        : "dotnet";

    /// <summary>The kind by which symbols for .NET hold a source.</summary>
    private static readonly Guid EmbeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    /// <summary>Where build/native puts the CPU kernels; they are packed where they have been built.</summary>
    private static readonly string[] Kernels =
        [.. Glob(Path.Combine(Repository, "artifacts", "native"), "*finewebtorch_kernels.*")
            .Where(file => Path.GetExtension(file) is ".so" or ".dll" or ".dylib")];

    private static readonly string Platform =
        (OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux") + "-"
        + RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();

    [Fact]
    public async Task Example_ShippedModel_PrintsTheReferencesScores()
    {
        var example = Path.Combine(
            AppContext.BaseDirectory, "..", "..", "ScoreTexts", Configuration, "FineWebTorch.ScoreTexts.dll");
        await ExpectReferenceScores([example]);
    }

    [Fact]
    public async Task Package_UsedByTheExample_GivesTheReferencesScores()
    {
        using var folder = new TemporaryFolder();
        var version = await Pack(folder.File("feed"));
        using (var package = ZipFile.OpenRead(folder.File($"feed/FineWebTorch.Model.{version}.nupkg")))
            ExpectContents(package);
        using (var symbols = ZipFile.OpenRead(folder.File($"feed/FineWebTorch.Model.{version}.snupkg")))
            ExpectSources(symbols);
        WriteProgram(folder, version);
        await Run(["build", folder.File("program/Program.csproj"), "-c", "Release", "-o", folder.File("out"), "--nologo",
            "-v", "quiet", "-nodeReuse:false", "-p:UseSharedCompilation=false"]);
        await ExpectReferenceScores([folder.File("out/Program.dll")]);
    }

    /// <summary>Whoever steps into the library sees its sources on the host that its clone came from.</summary>
    [Fact]
    public async Task Symbols_OfACloneThatHasAnOrigin_LinkToItsCommit()
    {
        var git = Executables.Require("git");
        Assert.SkipUnless(Path.Exists(Path.Combine(Repository, ".git")), "the repository is no clone");
        using var folder = new TemporaryFolder();
        var clone = folder.File("clone");
        Task<string> Git(params string[] arguments) =>
            Executables.OutputOfAsync(new ProcessStartInfo(git, ["-c", "safe.directory=*", .. arguments]));
        await Git("clone", "--quiet", "--depth", "1", $"file://{Repository}", clone);
        await Git("-C", clone, "remote", "set-url", "origin", "https://github.com/example/scores.git");
        var commit = (await Git("-C", clone, "rev-parse", "HEAD")).Trim();
        var link = Path.Combine(clone, "artifacts", "obj", "Model", "release", "Model.sourcelink.json");
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);

        await Run(["msbuild", Path.Combine(clone, "src", "Model"), "-t:GenerateSourceLinkFile",
            "-p:Configuration=Release", "-nologo", "-v:quiet", "-nodeReuse:false"]);

        Assert.Contains(
            $"https://raw.githubusercontent.com/example/scores/{commit}/*",
            await File.ReadAllTextAsync(link, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    /// <returns>The version, which no package has had before: NuGet keeps what it has once seen.</returns>
    private static async Task<string> Pack(string feed)
    {
        var version = string.Create(CultureInfo.InvariantCulture, $"0.0.1-test{DateTime.UtcNow.Ticks}");
        await Run(["pack", Path.Combine(Repository, "src", "Model"), "--no-build", "-c", Configuration, "-o", feed,
            "--nologo", "-v", "quiet", "-nodeReuse:false", $"-p:PackageVersion={version}"]);
        return version;
    }

    private static void ExpectContents(ZipArchive package)
    {
        var files = package.Entries.Select(entry => entry.FullName).ToList();
        Assert.Contains("lib/net10.0/FineWebTorch.Model.dll", files);
        Assert.Contains("lib/net10.0/FineWebTorch.Model.xml", files);
        Assert.Contains("README.md", files);
        Assert.Equal(
            Kernels.Select(file => $"runtimes/{Platform}/native/{Path.GetFileName(file)}"),
            files.Where(file => file.StartsWith("runtimes/", StringComparison.Ordinal)));
        using var stream = package.GetEntry("FineWebTorch.Model.nuspec")!.Open();
        var nuspec = XDocument.Load(stream);
        string[] Values(string name) => [.. nuspec.Descendants().Where(one => one.Name.LocalName == name)
            .Select(one => one.Attribute("id")?.Value ?? one.Value)];
        Assert.Equal(["Apache-2.0"], Values("license"));
        Assert.Equal(["README.md"], Values("readme"));
        Assert.NotEqual("", Assert.Single(Values("description")));
        // Which libtorch there is, the program says.
        Assert.Equal(["Microsoft.ML.Tokenizers", "TorchSharp"], Values("dependency").Order(StringComparer.Ordinal));
    }

    /// <summary>Without an origin, too, debuggers find every source: in the symbols.</summary>
    private static void ExpectSources(ZipArchive package)
    {
        using var symbols = new MemoryStream();
        using (var entry = package.GetEntry("lib/net10.0/FineWebTorch.Model.pdb")!.Open())
            entry.CopyTo(symbols);
        symbols.Position = 0;
        using var provider = MetadataReaderProvider.FromPortablePdbStream(symbols);
        var reader = provider.GetMetadataReader();
        var embedded = reader.CustomDebugInformation.Select(reader.GetCustomDebugInformation)
            .Where(one => reader.GetGuid(one.Kind) == EmbeddedSource)
            .Select(one => reader.GetDocument((DocumentHandle)one.Parent))
            .Select(document => Path.GetFileName(reader.GetString(document.Name)));
        Assert.Contains("EduClassifier.cs", embedded);
    }

    /// <summary>The example as a program outside the repository, which knows the package alone.</summary>
    private static void WriteProgram(TemporaryFolder folder, string version)
    {
        Directory.CreateDirectory(folder.File("program"));
        File.Copy(Path.Combine(Repository, "examples", "ScoreTexts", "Program.cs"), folder.File("program/Program.cs"));
        var versions = XDocument.Load(Path.Combine(Repository, "Directory.Packages.props"));
        var libtorch = versions.Descendants("LibTorchVersion").Single().Value;
        folder.Write("program/Program.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <CreateSymbolicLinksForCopyLocalIfPossible>true</CreateSymbolicLinksForCopyLocalIfPossible>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="FineWebTorch.Model" Version="{version}" />
                <PackageReference Include="libtorch-cpu-{Platform}" Version="{libtorch}" />
              </ItemGroup>
            </Project>
            """);
        var known = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        folder.Write("program/nuget.config", $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{folder.File("packages")}" /></config>
              <fallbackPackageFolders><clear /><add key="known" value="{known}" /></fallbackPackageFolders>
              <packageSources><clear /><add key="feed" value="{folder.File("feed")}" /></packageSources>
            </configuration>
            """);
    }

    private static async Task ExpectReferenceScores(string[] program)
    {
        string[] ids = ["card", "doc-000", "doc-001"];
        var texts = Lines("texts").Where(line => ids.Contains(line.GetProperty("id").GetString()))
            .Select(line => line.GetProperty("text").GetString()!);
        var expected = Lines("edu-tiny").Where(line => ids.Contains(line.GetProperty("id").GetString())).ToArray();
        var output = await Run([.. program, TestData.EduTiny, .. texts]);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(expected.Length, lines.Length);
        foreach (var (line, reference) in lines.Zip(expected))
        {
            var fields = line.Split(' ');
            Assert.Equal(
                reference.GetProperty("score").GetDouble(), double.Parse(fields[0], CultureInfo.InvariantCulture), 1e-4);
            Assert.Equal(reference.GetProperty("int_score").GetInt32(), int.Parse(fields[1], CultureInfo.InvariantCulture));
            // The reference counts [CLS] and [SEP], and no more than 512.
            Assert.Equal(
                reference.GetProperty("tokens").GetInt32() - 2, int.Parse(fields[2], CultureInfo.InvariantCulture));
        }
    }

    private static IEnumerable<JsonElement> Lines(string name) =>
        File.ReadLines(TestData.Directory("scores", $"{name}.jsonl")).Select(line => JsonDocument.Parse(line).RootElement);

    private static IEnumerable<string> Glob(string folder, string pattern) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder, pattern) : [];

    /// <summary>Runs dotnet to its end; what it complains of is an error, and shown.</summary>
    private static async Task<string> Run(string[] arguments)
    {
        var (exitCode, output, errors) = await Executables.RunAsync(new ProcessStartInfo(Dotnet, arguments));
        Assert.True(exitCode == 0 && errors == "", $"{output}{errors}");
        return output;
    }
}

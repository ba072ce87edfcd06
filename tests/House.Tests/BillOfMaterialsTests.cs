using System.Diagnostics;
using System.Text.Json.Nodes;

namespace FineWebTorch.House.Tests;

/// <summary>What build/bill-of-materials.mjs says of an archive, here of one that holds one package.</summary>
public sealed class BillOfMaterialsTests : IDisposable
{
    private const string Listed = """
        {
          "bomFormat": "CycloneDX", "specVersion": "1.7",
          "metadata": { "timestamp": "2026-11-29T07:40:51Z", "component": { "bom-ref": "program", "name": "program" } },
          "components": [
            {
              "type": "library", "bom-ref": "pkg:nuget/Some@1.0.0", "purl": "pkg:nuget/Some@1.0.0", "name": "Some",
              "version": "1.0.0", "copyright": "A. Author"LICENSES
            },
            { "type": "library", "bom-ref": "pkg:nuget/Tool@2.0.0", "purl": "pkg:nuget/Tool@2.0.0", "name": "Tool" }
          ],
          "dependencies": [{ "ref": "pkg:nuget/Some@1.0.0", "dependsOn": ["pkg:nuget/Tool@2.0.0"] }]
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public BillOfMaterialsTests()
    {
        foreach (var folder in (string[])["archive/app", "packages/some/1.0.0", "packages/other/3.0.0"])
            Directory.CreateDirectory(_folder.File(folder));
        WriteDependencies("Some/1.0.0");
        WriteList(""", "licenses": [{ "license": { "id": "MIT" } }]""");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Part_ThatNoListNames_IsRefused()
    {
        WriteDependencies("Other/3.0.0");
        Assert.Equal((1, "error: no list names pkg:nuget/Other@3.0.0"), await RunAsync());
    }

    [Fact]
    public async Task Part_WithoutALicence_IsRefused()
    {
        WriteList("");
        var (exitCode, line) = await RunAsync();
        Assert.Equal(1, exitCode);
        Assert.StartsWith("error: pkg:nuget/Some@1.0.0 names no licence", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Part_OfALicenceWithoutText_IsRefused()
    {
        WriteList(""", "licenses": [{ "license": { "id": "Beerware" } }]""");
        Assert.Equal(
            (1, "error: Some-1.0.0: there is no text of its licence 'Beerware' in build/licenses"), await RunAsync());
    }

    [Fact]
    public async Task List_OfAnArchive_HoldsWhatHasFilesAndNothingThatChanges()
    {
        Assert.Equal((0, ""), await RunAsync());

        var list = JsonNode.Parse(await File.ReadAllTextAsync(
            _folder.File("archive/bom.cdx.json"), TestContext.Current.CancellationToken))!;
        Assert.Equal(
            ["Some", "libstdc++", "uplot"],
            list["components"]!.AsArray().Select(part => (string)part!["name"]!).Order(StringComparer.Ordinal));
        Assert.Null(list["metadata"]!["timestamp"]);
        Assert.Null(list["serialNumber"]);
        var some = list["dependencies"]!.AsArray().Single(one => (string)one!["ref"]! == "pkg:nuget/Some@1.0.0");
        Assert.Empty(some!["dependsOn"]!.AsArray());
    }

    [Theory]
    [InlineData(null, "licenses/MIT.txt")]
    [InlineData("LICENSE.TXT", "licenses/Some-1.0.0/LICENSE.TXT")]
    public async Task Licence_OfAPart_IsItsOwnFileOrTheTextOfItsName(string? own, string expected)
    {
        if (own is not null)
            _folder.Write($"packages/some/1.0.0/{own}", "its own words");
        Assert.Equal((0, ""), await RunAsync());

        Assert.True(File.Exists(_folder.File($"archive/{expected}")));
        var row = Assert.Single(
            File.ReadLines(_folder.File("archive/licenses/LIST.md")),
            line => line.StartsWith("| Some 1.0.0 |", StringComparison.Ordinal));
        Assert.Equal($"| Some 1.0.0 | MIT | A. Author | {expected["licenses/".Length..]} |", row);
    }

    private void WriteList(string licences) =>
        _folder.Write("list.json", Listed.Replace("LICENSES", licences, StringComparison.Ordinal));

    /// <summary>Tool and the program itself stand in it, too, without files or as no package.</summary>
    private void WriteDependencies(string package) => _folder.Write("archive/app/program.deps.json", $$$"""
        {
          "runtimeTarget": { "name": "net" },
          "targets": { "net": {
            "program/1": { "runtime": { "program.dll": {} } }, "Tool/2.0.0": {},
            "{{{package}}}": { "runtime": { "some.dll": {} }, "native": { "libsome.so": {} } }
          } },
          "libraries": {
            "program/1": { "type": "project" },
            "Tool/2.0.0": { "type": "package" }, "{{{package}}}": { "type": "package" }
          }
        }
        """);

    /// <returns>The exit code, and what went to standard error.</returns>
    private async Task<(int ExitCode, string Errors)> RunAsync()
    {
        var root = TestData.RepositoryRoot;
        var (exitCode, _, errors) = await Executables.RunAsync(new ProcessStartInfo(Executables.Require("node"),
        [
            Path.Combine(root, "build", "bill-of-materials.mjs"), _folder.File("archive"), root,
            _folder.File("packages"), _folder.File("list.json"),
        ]));
        return (exitCode, errors.TrimEnd());
    }
}

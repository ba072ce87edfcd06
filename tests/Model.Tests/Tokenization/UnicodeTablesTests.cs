using System.Diagnostics;
using FineWebTorch.Model.Tokenization;

namespace FineWebTorch.Model.Tests.Tokenization;

public sealed class UnicodeTablesTests
{
    [Fact]
    public async Task Tables_MadeAgain_AreThoseCommitted()
    {
        var python = Executables.Require("python3");
        const string Database = "/usr/share/unicode";
        Executables.Demand(File.Exists($"{Database}/UnicodeData.txt"), "needs Debian's package unicode-data");
        using var folder = new TemporaryFolder();
        var script = Path.Combine(TestData.RepositoryRoot, "build", "unicode-tables", "generate.py");
        await Executables.OutputOfAsync(new ProcessStartInfo(python, [script, Database, folder.File("made.bin")]));
        var committed = Path.Combine(TestData.RepositoryRoot, "src", "Model", "Tokenization", "unicode.bin");
        Assert.Equal(
            await File.ReadAllBytesAsync(committed, TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(folder.File("made.bin"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Tables_KnownCharacters_HaveTheVersionsOfTheReferencesLibraries()
    {
        var tables = UnicodeTables.Instance;
        // Punctuation in 8.0, a symbol since 12.0; unassigned in 8.0, punctuation since 9.0; unassigned in both.
        Assert.Equal(UnicodeClass.Punctuation, tables.ClassOf(0x166D));
        Assert.Equal(UnicodeClass.Other, tables.ClassOf(0x2E43));
        Assert.Equal(UnicodeClass.Other, tables.ClassOf(0xFFFF));
        Assert.Equal(UnicodeClass.Control, tables.ClassOf(0xE000));
        Assert.Equal(UnicodeClass.NonspacingMark, tables.ClassOf(0x0301));
        Assert.Equal((0, 230, 224, 230), (tables.CombiningClassOf('a'), tables.CombiningClassOf(0x0301),
            tables.CombiningClassOf(0x302E), tables.CombiningClassOf(0x08D4)));
        Assert.Equal(25, Enumerable.Range(0, UnicodeTables.CodePoints).Count(tables.IsWhiteSpace));
        Assert.Equal(('i', 0x0307), tables.LowerCase[0x0130]);
    }
}

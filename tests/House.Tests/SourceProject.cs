using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace FineWebTorch.House.Tests;

/// <summary>The sources of one project below src/, as the compiler understands them.</summary>
internal sealed class SourceProject
{
    private static readonly MetadataReference[] Framework =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    private readonly string _folder;
    private readonly CSharpCompilation _compilation;
    private readonly HashSet<string> _declared;

    /// <param name="name">Of its folder below src/.</param>
    public SourceProject(string name)
    {
        _folder = Path.Combine(Root, name);
        // Packages and generated sources are left out: what our own names mean does not depend on them.
        _compilation = CSharpCompilation.Create(
            name, [GlobalUsings, .. Files(_folder).Select(Parse)], Framework,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
        _declared = [.. _compilation.GetSymbolsWithName(_ => true).Select(symbol => symbol.Name)];
    }

    public static string Root { get; } = Path.Combine(TestData.RepositoryRoot, "src");

    private static SyntaxTree GlobalUsings { get; } = CSharpSyntaxTree.ParseText(
        """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """);

    public static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    /// <summary>
    /// Which folder uses a type or member that another one declares, with one use of each as an example. A folder's
    /// own folders are folders beside it: whoever nests two still decides which of them knows the other.
    /// </summary>
    public Dictionary<(string From, string To), string> Uses()
    {
        var uses = new Dictionary<(string, string), string>();
        foreach (var tree in _compilation.SyntaxTrees.Where(tree => tree != GlobalUsings))
        {
            var (model, from) = (_compilation.GetSemanticModel(tree), FolderOf(tree));
            foreach (var name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>().Where(IsOurs))
            {
                if (DeclarationOf(model.GetSymbolInfo(name).Symbol) is { } declared
                    && FolderOf(declared) is var to && to != from)
                    uses.TryAdd((from, to), $"{Shown(tree)} uses {name} of {Shown(declared)}");
            }
        }

        return uses;
    }

    /// <summary>Spares binding the many names that are not ours; all others are looked up.</summary>
    private bool IsOurs(SimpleNameSyntax name) => _declared.Contains(name.Identifier.ValueText);

    private static SyntaxTree Parse(string file) => CSharpSyntaxTree.ParseText(File.ReadAllText(file), path: file);

    private static SyntaxTree? DeclarationOf(ISymbol? symbol) =>
        (symbol is null or INamespaceSymbol ? null : symbol.OriginalDefinition)
        ?.DeclaringSyntaxReferences.FirstOrDefault()?.SyntaxTree;

    private string FolderOf(SyntaxTree tree) => Path.GetDirectoryName(Shown(tree)) is { Length: > 0 } folder ? folder : ".";

    private string Shown(SyntaxTree tree) => Path.GetRelativePath(_folder, tree.FilePath);
}

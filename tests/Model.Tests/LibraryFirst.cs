using System.Runtime.CompilerServices;

namespace FineWebTorch.Model.Tests;

/// <summary>
/// Lets the library set up how native ones are found before a test's first call of TorchSharp, as every program does
/// that goes through the library.
/// </summary>
internal static class LibraryFirst
{
    [ModuleInitializer]
    internal static void Load() => RuntimeHelpers.RunModuleConstructor(typeof(EduClassifier).Module.ModuleHandle);
}
